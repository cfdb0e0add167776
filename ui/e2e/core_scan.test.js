// Owns the promise that a phone enrols by the office's QR code on the real core: through the camera, from a photo of it;
// and that a device without a camera shows no dead button. Never a decoder from the network: the app's policy forbids it.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { prepareZXingModule, writeBarcode } from "zxing-wasm/writer";
import { confirmed, openApp } from "./core_flows.js";
import { device } from "./core.js";
import { department, own, TECHNICIAN } from "./stage.js";
import { becomes, launch } from "./support.js";

let desk;
let phone;
let browser;
const folder = mkdtempSync(join(tmpdir(), "fieldcard-scan-"));
before(async () => {
  const wasm = createRequire(import.meta.url).resolve("zxing-wasm/writer/zxing_writer.wasm");
  prepareZXingModule({ overrides: { wasmBinary: readFileSync(wasm).buffer } });
  ({ desk, phone, browser } = await department());
});
after(() => rmSync(folder, { recursive: true }));

/** The code as it lies on a desk: on paper, not quite straight, among other things. */
async function photographed(text) {
  const { svg } = await writeBarcode(text, { format: "QRCode", ecLevel: "M", scale: 8 });
  const page = await browser.newPage({ viewport: { width: 800, height: 800 } });
  await page.setContent(`<body style="margin:0;background:#c8c2b8"><p>请扫码登记</p><div style="display:inline-block;margin:40px;padding:40px;background:#fff;transform:rotate(4deg)">${svg.slice(svg.indexOf("<svg"))}</div></body>`);
  const jpeg = await page.screenshot({ type: "jpeg", quality: 80 });
  await page.close();
  return jpeg;
}
const asFile = (buffer) => ({ name: "code.jpg", mimeType: "image/jpeg", buffer });

test("a photo of the code enrols; a photo of something else says so and loses nothing", async () => {
  const page = await openApp(browser, phone);
  await page.locator("#address").fill("https://typed.example");
  await page.locator("#qr_photo").setInputFiles(asFile(await page.screenshot({ type: "jpeg" })));
  await page.locator(".toast").getByText(/^照片里没有看到二维码/).waitFor();
  await page.locator("#qr_photo").setInputFiles(asFile(await photographed("https://example.com/menu")));
  await page.locator(".toast").getByText(/^这不是登记二维码/).waitFor();
  assert.equal(await page.locator("#address").inputValue(), "https://typed.example");
  assert.equal(await page.getByRole("button", { name: "扫登记二维码" }).count(), 0, "no camera, no button");
  await page.locator("#qr_photo").setInputFiles(asFile(await photographed(desk.scan(TECHNICIAN))));
  await confirmed(page, desk);
  assert.deepEqual(page.problems, []);
});

test("the camera reads the code", async () => {
  const film = join(folder, "code.mjpeg");
  writeFileSync(film, await photographed(desk.scan("luoxiaojun")));
  const filming = await own(launch(["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", `--use-file-for-fake-video-capture=${film}`]));
  const page = await openApp(filming, await own(device()), { permissions: ["camera"] });
  await page.getByRole("button", { name: "扫登记二维码" }).tap();
  await confirmed(page, desk);
  assert.deepEqual(page.problems, []);
});

test("a camera that is refused leaves the photo and the typed code", async () => {
  const filming = await own(launch(["--use-fake-device-for-media-stream", "--deny-permission-prompts"]));
  const page = await openApp(filming, await own(device()));
  await page.getByRole("button", { name: "扫登记二维码" }).tap();
  await page.locator(".toast").getByText(/^打不开摄像头/).waitFor();
  await becomes(() => page.getByRole("button", { name: "扫登记二维码" }).count(), 0, "no dead button");
  await page.locator("#qr_photo").waitFor({ state: "attached" });
  await page.locator("#code").waitFor();
});
