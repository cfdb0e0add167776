// Owns the way of a photo from the picker to the core: 256 KiB chunks in base64, in order.
// Never shrinks or decodes: the core does.
import type { Id, PhotoPhase } from "./api/bindings";
import type { Session } from "./session.svelte";

export const CHUNK_BYTES = 256 * 1024;

/** Answers the photo's id, or null when the core refused it (the toast has said why). */
export async function sendPhoto(session: Session, file: Blob, job: Id, phase: PhotoPhase, of?: Id): Promise<Id | null> {
  const begun = await session.act({ type: "photo.begin", size: file.size, media_type: file.type });
  const photo = begun?.rec;
  if (!photo) return null;
  for (let index = 0; index * CHUNK_BYTES < file.size; index++) {
    const base64 = await toBase64(file.slice(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES));
    if (!(await session.act({ type: "photo.chunk", photo, index, base64 }))) return null;
  }
  const finished = await session.act({ type: "photo.finish", photo, job, phase, ...(of === undefined ? {} : { of }) });
  return finished ? photo : null;
}

function toBase64(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ""));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
