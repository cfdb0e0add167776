// Owns stand-ins for photos: small drawings that differ by phase. Never a real photo.
import type { PhotoPhase } from "../bindings";

const SCENES: Record<PhotoPhase, [ground: string, shape: string]> = {
  nameplate: ["#5d666b", `<rect x="60" y="70" width="200" height="100" rx="6" fill="#b9c0c2"/><path d="M80 95h120M80 118h160M80 141h90" stroke="#4a5154" stroke-width="8"/>`],
  meter: ["#2f3639", `<circle cx="160" cy="120" r="78" fill="#d8dcda"/><rect x="110" y="100" width="100" height="40" fill="#1f2426"/><path d="M122 130v-20m18 20v-20m18 20v-20m18 20v-20" stroke="#e8e4c8" stroke-width="8"/>`],
  before_teardown: ["#8a7a5c", `<path d="M20 190h280v50H20z" fill="#5c5140"/><path d="M70 190v-60l60-40h70l40 60v40z" fill="#c79a2f"/><circle cx="110" cy="200" r="24" fill="#33302b"/><circle cx="215" cy="200" r="24" fill="#33302b"/>`],
  fault: ["#4d5150", `<path d="M60 60h90v120H60zM150 90h80v60h-80z" fill="#8d9494"/><circle cx="105" cy="120" r="30" fill="#6a7070"/><path d="M150 128c40 26 24 60 60 92" stroke="#2b1d10" stroke-width="16" fill="none"/>`],
  new_part: ["#a9aca6", `<rect x="90" y="60" width="140" height="120" rx="14" fill="#3d5a73"/><circle cx="160" cy="120" r="34" fill="#cfd8df"/>`],
  old_part: ["#7c756b", `<rect x="80" y="70" width="120" height="110" rx="14" fill="#4c463f"/><circle cx="140" cy="125" r="30" fill="#2c2825"/><path d="M205 60h70v110h-70z" fill="#f1efe4"/><path d="M215 80h48M215 100h48M215 120h30" stroke="#333" stroke-width="6"/>`],
  test_run: ["#8fa3ad", `<path d="M0 180h320v60H0z" fill="#8b7b5e"/><path d="M60 180v-50h80l60-60 60 30-40 20-40 60z" fill="#c79a2f"/>`],
  whole_machine: ["#9fb2bd", `<path d="M0 170l80-60 60 40 70-80 110 90v80H0z" fill="#7d7466"/>`],
  accident_scene: ["#8f8579", `<path d="M0 170l80-60 60 40 70-80 110 90v80H0z" fill="#7d7466"/>`],
  other: ["#a7b0a4", `<path d="M0 170l80-60 60 40 70-80 110 90v80H0z" fill="#7d7466"/>`],
  document: ["#c9c3b5", `<path d="M70 30h180v190H70z" fill="#fbfaf5"/><path d="M90 60h140M90 85h140M90 110h140M90 135h90" stroke="#9a9686" stroke-width="6"/><circle cx="205" cy="175" r="26" fill="none" stroke="#b23b32" stroke-width="6"/>`],
};

export function picture(phase: PhotoPhase): string {
  const [ground, shape] = SCENES[phase];
  return `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 240" width="640" height="480"><rect width="320" height="240" fill="${ground}"/>${shape}</svg>`)}`;
}
