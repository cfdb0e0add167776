// Owns the fields in which a card's unsealed ink, words and signer are kept, all of them drafts of the visit that
// end with its sealing, and the request they become. Never seals: the core does.
import type { Request } from "$lib/api/asked";
import type { AbsentReason, Authority, ContactRole, Id, Language, RefuseReason, SignHow, SignOffView } from "$lib/api/bindings";
import type { FormDraft, Packed } from "$lib/draft.svelte";

/** Beside `ink`, `words` and `satisfaction`, which stand alone. */
export const SIGN_FIELDS: Packed = {
  name: "signer", role: "signer", authority: "signer",
  stage: "sign_off", how: "sign_off", ticked: "sign_off", note: "sign_off", witness: "sign_off", photo: "sign_off",
  "reason.refused": "sign_off", "reason.absent": "sign_off",
};

export const ROLES: ContactRole[] = ["operator", "owner", "site_manager", "equipment_department", "other"];
export const AUTHORITIES: Authority[] = ["self", "listed", "presumed"];

type Confirm = Extract<Request, { type: "sign_off.confirm" }>;

/** The screen's language for a card's BCP 47 tag. */
export const languageOf = (tag: string): Language => (tag.startsWith("zh") ? "zh" : "en");

/** The signer as typed, with what the office knows of that name. */
export function signerOf(form: FormDraft, view: SignOffView) {
  const first = view.signers[0];
  const name = form.get("name", first?.name ?? "").trim();
  const listed = view.signers.find((signer) => signer.name === name);
  const role = form.get("role", listed?.role ?? first?.role ?? "operator") as ContactRole;
  const authority = form.get("authority", listed?.authority ?? "presumed") as Authority;
  return { name, role, authority };
}

export function confirmSigned(form: FormDraft, view: SignOffView): Confirm {
  const satisfaction = Number(form.get("satisfaction"));
  return {
    type: "sign_off.confirm",
    visit: view.visit,
    how: form.get("how", "signed") as SignHow,
    signer: signerOf(form, view),
    strokes: form.get("ink"),
    words: form.get("words").trim(),
    ...(form.get("ticked") === "yes" ? { ticked: true } : {}),
    ...(satisfaction ? { satisfaction } : {}),
  };
}

export function confirmUnsigned(form: FormDraft, visit: Id, how: "refused" | "absent"): Confirm {
  const [note, witness, photo] = [form.get("note").trim(), form.get("witness").trim(), form.get("photo")];
  return {
    type: "sign_off.confirm",
    visit,
    how,
    strokes: "",
    words: "",
    reason: form.get(`reason.${how}`) as RefuseReason | AbsentReason,
    ...(note ? { note } : {}),
    ...(witness ? { witness } : {}),
    ...(photo ? { photo } : {}),
  };
}
