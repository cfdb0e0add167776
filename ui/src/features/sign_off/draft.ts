// Owns the name under which a card's unsealed ink, words and signer are kept, and the request they become.
// Never seals: the core does.
import type { AbsentReason, Authority, ContactRole, Id, RefuseReason, Satisfaction, SignHow, SignOffConfirm, SignOffView } from "$lib/api/bindings";
import type { FormDraft } from "$lib/draft.svelte";

export const signDraft = (visit: Id): Id => `sign_off:${visit}`;

export const ROLES: ContactRole[] = ["operator", "owner", "site_manager", "equipment_department", "other"];
export const AUTHORITIES: Authority[] = ["self", "listed", "presumed"];

/** The signer as typed, with what the office knows of that name. */
export function signerOf(form: FormDraft, view: SignOffView) {
  const first = view.signers[0];
  const name = form.get("name", first?.name ?? "").trim();
  const listed = view.signers.find((signer) => signer.name === name);
  const role = form.get("role", listed?.role ?? first?.role ?? "operator") as ContactRole;
  const authority = form.get("authority", listed?.authority ?? "presumed") as Authority;
  return { name, role, authority };
}

export function confirmSigned(form: FormDraft, view: SignOffView): SignOffConfirm {
  const satisfaction = form.get("satisfaction") as Satisfaction | "";
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

export function confirmUnsigned(form: FormDraft, visit: Id, how: "refused" | "absent"): SignOffConfirm {
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
