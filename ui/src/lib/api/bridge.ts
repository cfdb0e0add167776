// Owns the transport over HTTP on the same origin: POST /view, POST /execute, GET /events (tag lists).
// Never retries and never interprets: an error body {code, facts} is thrown as it came.
import type { Backend, ViewOf } from "./backend";
import type { Done, Request } from "./asked";
import type { Query } from "./bindings";

async function post(path: string, body: unknown): Promise<unknown> {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const json: unknown = await answer.json();
  if (!answer.ok) throw json;
  return json;
}

/** The bridge keeps files in a folder of its own: the browser fetches one as a download, and tells its plain name. */
function downloaded(done: Done): Done {
  if (!done.saved_as) return done;
  const name = done.saved_as.split(/[\\/]/).pop() ?? "";
  const link = document.createElement("a");
  link.href = `/files/${encodeURIComponent(name)}`;
  link.download = name;
  link.click();
  return { ...done, saved_as: name };
}

/** One line of events for all who listen: a browser holds six connections to a host, and a view each would leave none
    for questions. */
function events(): Backend["subscribe"] {
  const listeners = new Set<(tags: string[]) => void>();
  let line: EventSource | null = null;
  const tell = (tags: string[]) => { for (const listener of [...listeners]) listener(tags); };
  function open(): EventSource {
    const source = new EventSource("/events");
    source.onmessage = (event: MessageEvent<string>) => tell(JSON.parse(event.data) as string[]);
    // What was missed while the line was down is unknown: everything is stale.
    let opened = false;
    source.onopen = () => {
      if (opened) tell(["*"]);
      opened = true;
    };
    return source;
  }
  return (listener) => {
    // The same function may listen twice.
    const own = (tags: string[]) => listener(tags);
    listeners.add(own);
    line ??= open();
    return () => {
      listeners.delete(own);
      if (listeners.size > 0) return;
      line?.close();
      line = null;
    };
  };
}

export function bridge(): Backend {
  return {
    view: <Q extends Query>(query: Q) => post("/view", query) as Promise<ViewOf<Q>>,
    execute: async (request: Request) => downloaded((await post("/execute", request)) as Done),
    subscribe: events(),
  };
}
