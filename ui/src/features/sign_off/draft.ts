// Owns the fields in which a card's unsealed ink, words and signer are kept, all of them drafts of the visit that
// end with its sealing, and the request they become. Never seals: the core does.
import type { Request } from "$lib/api/asked";
import type { AbsentReason, Authority, ContactRole, Id, Language, RefuseReason, SignOffView } from "$lib/api/bindings";
import type { FormDraft, Packed } from "$lib/draft.svelte";

/** Beside `ink`, `words` and `satisfaction`, which stand alone. */
export const SIGN_FIELDS: Packed = {
  name: "signer", role: "signer", authority: "signer",
  stage: "sign_off", ticked: "sign_off", note: "sign_off", witness: "sign_off", photos: "sign_off",
  "reason.refused": "sign_off", "reason.absent": "sign_off",
};

export const ROLES: ContactRole[] = ["operator", "owner", "site_manager", "equipment_department", "other"];

type Confirm = Extract<Request, { type: "sign_off.confirm" }>;

/** The screen's language for a card's BCP 47 tag. */
export const languageOf = (tag: string): Language => (tag.startsWith("zh") ? "zh" : "en");

/** By what right somebody signs for the customer: never as himself. */
export const PROXY_AUTHORITIES: Authority[] = ["listed", "presumed"];

/** The signer as typed, with what the office knows of that name. A proxy is somebody whom nobody expected: he says
    who he is. */
export function signerOf(form: FormDraft, view: SignOffView) {
  const proxy = view.how === "proxy";
  const first = proxy ? undefined : view.signers[0];
  const name = form.get("name", first?.name ?? "").trim();
  const listed = view.signers.find((signer) => signer.name === name);
  const role = form.get("role", listed?.role ?? first?.role ?? (proxy ? "other" : "operator")) as ContactRole;
  const known = proxy && listed ? "listed" : listed?.authority;
  const authority = form.get("authority", known ?? "presumed") as Authority;
  return { name, role, authority };
}

/** The photos of why nobody signed. */
export const photosOf = (form: FormDraft): Id[] => form.get("photos").split(" ").filter(Boolean);

export function confirmSigned(form: FormDraft, view: SignOffView): Confirm {
  const satisfaction = Number(form.get("satisfaction"));
  return {
    type: "sign_off.confirm",
    visit: view.visit,
    how: view.how ?? "signed",
    signer: signerOf(form, view),
    strokes: form.get("ink"),
    words: form.get("words").trim(),
    ...(form.get("ticked") === "yes" ? { ticked: true } : {}),
    ...(satisfaction ? { satisfaction } : {}),
  };
}

export function confirmUnsigned(form: FormDraft, visit: Id, how: "refused" | "absent"): Confirm {
  const [note, witness, photos] = [form.get("note").trim(), form.get("witness").trim(), photosOf(form)];
  return {
    type: "sign_off.confirm",
    visit,
    how,
    strokes: "",
    words: "",
    reason: form.get(`reason.${how}`) as RefuseReason | AbsentReason,
    ...(note ? { note } : {}),
    ...(witness ? { witness } : {}),
    ...(photos.length ? { photos } : {}),
  };
}
