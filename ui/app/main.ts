// Owns the start of the technician's app: picks the transport, mounts the app. Never more.
import { mount } from "svelte";
import type { Backend } from "$lib/api/backend";
import "$lib/theme/tokens.css";
import "$lib/theme/base.css";
import App from "./App.svelte";

async function backend(): Promise<Backend> {
  if (import.meta.env.MODE === "fake") return (await import("$lib/api/fake")).fake();
  if ("isTauri" in globalThis) return (await import("$lib/api/tauri")).tauri();
  return (await import("$lib/api/bridge")).bridge();
}

void backend().then((core) => {
  const target = document.getElementById("app");
  if (target) mount(App, { target, props: { backend: core } });
});
