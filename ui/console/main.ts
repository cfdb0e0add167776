// Owns the start of the office console: picks the transport, mounts it. Never more.
import { mount } from "svelte";
import type { Office } from "$lib/api/desk";
import "$lib/theme/tokens.css";
import "$lib/theme/console_tokens.css";
import "$lib/theme/base.css";
import Console from "./Console.svelte";

async function transport(): Promise<Office> {
  if (import.meta.env.MODE === "fake") return (await import("$lib/api/fake_office")).fakeOffice();
  return (await import("$lib/api/http")).http();
}

void transport().then((office) => {
  const target = document.getElementById("app");
  if (target) mount(Console, { target, props: { office } });
});
