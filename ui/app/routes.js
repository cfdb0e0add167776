// Owns the one list of screens: name, pattern, the tab it belongs to, and sample addresses that the
// accessibility test and the screenshots walk through. Plain JavaScript, so that e2e reads it too.
// Never names a component: screens.ts does.

/** @typedef {"today" | "jobs" | "sync" | null} Tab */

export const routes = /** @type {const} */ ([
  { name: "enrol", pattern: "/enrol", tab: null, samples: ["/enrol"] },
  { name: "today", pattern: "/today", tab: "today", samples: ["/today"] },
  { name: "jobs", pattern: "/jobs", tab: "jobs", samples: ["/jobs"] },
  { name: "new_job", pattern: "/jobs/new", tab: "jobs", samples: ["/jobs/new"] },
  { name: "job", pattern: "/job/:job", tab: "jobs", samples: ["/job/j-pump", "/job/j-track", "/job/j-hammer", "/job/j-moved", "/job/j-held", "/job/j-walkup"] },
  { name: "missing", pattern: "/job/:job/missing", tab: "jobs", samples: ["/job/j-pump/missing", "/job/j-service/missing"] },
  { name: "times", pattern: "/job/:job/times", tab: "jobs", samples: ["/job/j-pump/times", "/job/j-held/times"] },
  { name: "reassign", pattern: "/job/:job/reassign", tab: "jobs", samples: ["/job/j-track/reassign"] },
  { name: "wait", pattern: "/job/:job/wait", tab: "jobs", samples: ["/job/j-pump/wait"] },
  { name: "not_repaired", pattern: "/job/:job/not-repaired", tab: "jobs", samples: ["/job/j-pump/not-repaired"] },
  { name: "another_visit", pattern: "/job/:job/another-visit", tab: "jobs", samples: ["/job/j-hammer/another-visit"] },
  { name: "charge", pattern: "/job/:job/charge", tab: "jobs", samples: ["/job/j-pump/charge"] },
  { name: "consent", pattern: "/job/:job/consent", tab: "jobs", samples: ["/job/j-pump/consent", "/job/j-ready/consent"] },
  { name: "faults", pattern: "/job/:job/faults/:fault", tab: "jobs", samples: ["/job/j-pump/faults/main"] },
  { name: "meter", pattern: "/job/:job/meter/:meter", tab: "jobs", samples: ["/job/j-pump/meter/hours"] },
  { name: "propose", pattern: "/job/:job/propose", tab: "jobs", samples: ["/job/j-pump/propose", "/job/j-moved/propose"] },
  { name: "add_part", pattern: "/job/:job/parts", tab: "jobs", samples: ["/job/j-pump/parts"] },
  { name: "line", pattern: "/line/:line", tab: "jobs", samples: ["/line/l-pump", "/line/l-filter"] },
  { name: "tag", pattern: "/line/:line/tag", tab: "jobs", samples: ["/line/l-filter/tag"] },
  { name: "machine", pattern: "/machine/:machine", tab: "jobs", samples: ["/machine/m-417", "/machine/m-new"] },
  { name: "photo", pattern: "/photo/:photo", tab: "jobs", samples: ["/photo/p-fault-1"] },
  { name: "sign_off", pattern: "/sign/:visit", tab: "jobs", samples: ["/sign/v-service", "/sign/v-ready", "/sign/v-held"] },
  { name: "refused", pattern: "/sign/:visit/refused", tab: "jobs", samples: ["/sign/v-ready/refused"] },
  { name: "absent", pattern: "/sign/:visit/absent", tab: "jobs", samples: ["/sign/v-ready/absent"] },
  { name: "sync", pattern: "/sync", tab: "sync", samples: ["/sync"] },
  { name: "issue", pattern: "/sync/:issue", tab: "sync", samples: ["/sync/i-clash", "/sync/i-late"] },
  { name: "settings", pattern: "/settings", tab: "sync", samples: ["/settings"] },
]);
