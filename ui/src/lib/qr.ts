// Owns reading a QR code from a picture: the decoder is bundled WebAssembly, fetched from this app itself at the first
// use and never from a network address. Never knows what the text means.
import wasmUrl from "zxing-wasm/reader/zxing_reader.wasm?url";

type Reader = typeof import("zxing-wasm/reader");
let loading: Promise<Reader> | null = null;

async function load(): Promise<Reader> {
  const reader = await import("zxing-wasm/reader");
  // Its own default is the address of a CDN.
  reader.prepareZXingModule({ overrides: { locateFile: () => new URL(wasmUrl, document.baseURI).href } });
  return reader;
}

/** The text of the first QR code in the picture; null when there is none. */
export async function readQr(picture: Blob | ImageData): Promise<string | null> {
  loading ??= load();
  const { readBarcodes } = await loading.catch((error: unknown) => {
    loading = null;
    throw error;
  });
  const found = await readBarcodes(picture, { formats: ["QRCode"], maxNumberOfSymbols: 1, tryHarder: true });
  return found.find((one) => one.isValid)?.text ?? null;
}

/** Whether this device has a camera that a page may ask for: without one there is no button. */
export async function hasCamera(): Promise<boolean> {
  try {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.some((device) => device.kind === "videoinput");
  } catch {
    return false;
  }
}
