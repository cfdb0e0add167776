// Owns the hash: which route is on the screen, what it asks, going to another, and the field to focus on arrival.
// Never knows a component: app/screens.ts pairs routes with them.
export type Place = { path: string; field: string | null; query: URLSearchParams };

let place = $state<Place>(read());

function read(): Place {
  const [path = "", query = ""] = location.hash.replace(/^#/, "").split("?");
  const asked = new URLSearchParams(query);
  return { path: path || "/", field: asked.get("at"), query: asked };
}

export function startRouter(): () => void {
  const follow = () => (place = read());
  follow();
  addEventListener("hashchange", follow);
  return () => removeEventListener("hashchange", follow);
}

export const here = (): Place => place;

export function go(path: string, replace = false): void {
  if (replace) {
    history.replaceState(null, "", `#${path}`);
    place = read();
  } else {
    location.hash = path;
  }
}

/** `/job/:job` against `/job/7` = { job: "7" }; null = not this pattern. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const want = pattern.split("/");
  const have = path.split("/");
  if (want.length !== have.length) return null;
  const params: Record<string, string> = {};
  for (const [at, part] of want.entries()) {
    const got = have[at] ?? "";
    if (part.startsWith(":")) params[part.slice(1)] = decodeURIComponent(got);
    else if (part !== got) return null;
  }
  return params;
}
