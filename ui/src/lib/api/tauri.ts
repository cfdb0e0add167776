// Owns the transport into the app's own window: the shell's two commands and its one event.
// Never retries and never interprets: what a command refused, {code, facts}, is thrown as it came.
import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { Backend, ViewOf } from "./backend";
import type { Done, Request } from "./asked";
import type { Query } from "./bindings";

export function tauri(): Backend {
  return {
    view: <Q extends Query>(query: Q) => invoke<ViewOf<Q>>("view", { query }),
    execute: (request: Request) => invoke<Done>("execute", { request }),
    subscribe(listener) {
      const listening = listen<string[]>("changed", (event) => listener(event.payload));
      // What changed before the shell knew of this listener is unknown: everything is stale.
      void listening.then(() => listener(["*"]));
      return () => void listening.then((stop) => stop());
    },
  };
}
