// Owns reading a PDF as Chromium writes it: how large each page is and which words are drawn on it, by the maps from
// glyphs to letters that the file carries (ISO 32000-1, 9.10). Never a reader for other PDFs.
import { inflateSync } from "node:zlib";

/** Every page in its order: width and height in points, and its letters without spaces, in the order they are drawn. */
export function pagesOf(pdf) {
  const objects = new Map([...pdf.toString("latin1").matchAll(/\n(\d+) 0 obj\n([\s\S]*?)\nendobj/g)].map(([, id, body]) => [id, body]));
  const at = (id) => objects.get(id) ?? fail(`no object ${id}`);
  const [, kids] = [...objects.values()].map((body) => /\/Type \/Pages[\s\S]*\/Kids \[([^\]]*)\]/.exec(body)).find(Boolean) ?? fail("no list of pages");
  return [...kids.matchAll(/(\d+) 0 R/g)].map(([, id]) => {
    const page = at(id);
    const [, width, height] = /\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/.exec(page) ?? fail("a page without a size");
    const [, fonts] = /\/Font <<([^>]*)>>/.exec(page) ?? [null, ""];
    const letters = Object.fromEntries([...fonts.matchAll(/\/(\w+) (\d+) 0 R/g)].map(([, name, font]) => [name, lettersOf(at(font), at)]));
    const [, drawing] = /\/Contents (\d+) 0 R/.exec(page) ?? fail("a page without a drawing");
    return { width: Math.round(width), height: Math.round(height), text: drawn(streamOf(at(drawing)), letters) };
  });
}

const fail = (why) => { throw new Error(`not a PDF as Chromium writes it: ${why}`); };

const utf16 = (hex) => String.fromCharCode(...(hex.match(/.{4}/g) ?? []).map((unit) => parseInt(unit, 16)));

function streamOf(body) {
  const bytes = body.slice(body.indexOf("stream\n") + 7, body.lastIndexOf("\nendstream"));
  return inflateSync(Buffer.from(bytes, "latin1")).toString("latin1");
}

/** What a font's codes stand for, and how many hexadecimal digits a code has. */
function lettersOf(font, at) {
  const [, map] = /\/ToUnicode (\d+) 0 R/.exec(font) ?? fail("a font without letters");
  const text = streamOf(at(map));
  const known = new Map();
  for (const [, lines] of text.matchAll(/beginbfchar([\s\S]*?)endbfchar/g)) {
    for (const [, code, hex] of lines.matchAll(/<(\w+)> <(\w+)>/g)) known.set(parseInt(code, 16), utf16(hex));
  }
  for (const [, lines] of text.matchAll(/beginbfrange([\s\S]*?)endbfrange/g)) {
    for (const [, from, to, hex] of lines.matchAll(/<(\w+)> <(\w+)> <(\w+)>/g)) {
      for (let code = parseInt(from, 16); code <= parseInt(to, 16); code++) known.set(code, String.fromCharCode(parseInt(hex, 16) + code - parseInt(from, 16)));
    }
  }
  return { known, digits: /\/Subtype \/Type0/.test(font) ? 4 : 2 };
}

/** A glyph that stands for several letters is given with the letter that is meant. */
function drawn(drawing, letters) {
  let font = null;
  let meant = false;
  let text = "";
  for (const [step, name, actual, hex] of drawing.matchAll(/\/(\w+) [\d.]+ Tf|\/ActualText <FEFF(\w*)> >> BDC|<(\w+)> Tj|\bEMC\b/g)) {
    if (name) font = letters[name] ?? fail(`no font ${name}`);
    else if (actual !== undefined) [meant, text] = [true, text + utf16(actual)];
    else if (step === "EMC") meant = false;
    else if (!meant) for (const code of hex.match(new RegExp(`.{${font.digits}}`, "g")) ?? []) text += font.known.get(parseInt(code, 16)) ?? "";
  }
  return text.normalize("NFKC").replace(/\s/g, "");
}
