// Owns the one list of the console's screens: name, pattern, the entry of the rail it belongs to, and sample
// addresses that the accessibility test and the pictures walk through. Plain JavaScript, so that e2e reads it too.
// Never names a component: screens.ts does.

export const routes = /** @type {const} */ ([
  { name: "jobs", pattern: "/jobs", entry: "jobs", samples: ["/jobs", "/jobs?job=j-pump", "/jobs?q=000"] },
  { name: "new_job", pattern: "/jobs/new", entry: "jobs", samples: ["/jobs/new"] },
  { name: "job", pattern: "/job/:job", entry: "jobs", samples: ["/job/j-pump", "/job/j-new", "/job/j-refused"] },
  { name: "card", pattern: "/job/:job/card/:card", entry: "jobs", samples: ["/job/j-pump/card/c-pump", "/job/j-refused/card/c-refused"] },
  { name: "photo", pattern: "/job/:job/photo/:photo", entry: "jobs", samples: ["/job/j-pump/photo/p-3", "/job/j-pump/photo/p-late"] },
  { name: "exceptions", pattern: "/exceptions", entry: "exceptions", samples: ["/exceptions"] },
  { name: "devices", pattern: "/devices", entry: "devices", samples: ["/devices", "/devices?device=d-late", "/devices?device=d-new"] },
  { name: "enrol", pattern: "/devices/new", entry: "devices", samples: ["/devices/new"] },
  { name: "people", pattern: "/people", entry: "people", samples: ["/people", "/people?user=u-chen"] },
  { name: "new_person", pattern: "/people/new", entry: "people", samples: ["/people/new"] },
  { name: "me", pattern: "/me", entry: "me", samples: ["/me"] },
]);
