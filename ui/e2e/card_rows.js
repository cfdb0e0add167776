// Owns the comparison that trust.md asks for: the rows that a screen draws, and the rows in the bytes that were sealed.
// Reads the bytes as any verifier would, never through the app. Never asserts.

/** Every row of the whole card on the page, [field, label, value], in the order in which it is read. */
export const drawnRows = (page) => page.evaluate(() => {
  const papers = [...document.querySelectorAll("details .paper")];
  if (papers.length !== 1) throw new Error(`${papers.length} whole cards on the page`);
  return [...papers[0].querySelectorAll("[data-field]")].map((row) => [row.dataset.field, row.querySelector("dt").textContent, row.querySelector("dd").textContent]);
});

/** The sealed bytes of a card, as the office hands them out in its bundle. */
export async function sealedBytes(office, job, card) {
  const bundle = await office.get(`/jobs/${job}/cards/${card}/file`);
  return Buffer.from(bundle.card.bytes, "base64url");
}

/** All rows of a card by docs/service-card.md § 2, in the screen's order of groups. */
export function rowsOf(card) {
  const lines = [...card.parts, ...card.old_parts].flatMap((line) => line.rows);
  const agreed = card.charges.agreed.map(({ text, name }) => ["cost.agreed", AGREED[card.language], `${text} · ${name}`]);
  const rows = [...card.content, ...lines, ...card.charges.rows, ...agreed];
  const groups = ["head", "machine", "report", "done", "parts", "old_parts", "cost", "times", "people"];
  const of = (row) => row[0].split(".")[0];
  const strange = rows.filter((row) => !groups.includes(of(row)));
  if (strange.length) throw new Error(`rows of no group: ${JSON.stringify(strange)}`);
  return groups.flatMap((group) => rows.filter((row) => of(row) === group));
}

const AGREED = { "zh-CN": "事先同意", en: "Agreed beforehand" };
