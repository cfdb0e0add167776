//! What a person does at the window, in the words of the screen: taps what he reads, types, draws, waits.
//!
//! Everything goes through the window's own events; only [`Page::ask`] looks behind it, to know what to expect.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::day::Scene;
use super::driver::{Session, until};
use crate::AnyError;
use crate::server::program;

/// Size of the window in pixels: a phone's.
const SIZE: (u32, u32) = (420, 740);

/// How long somebody who watches wants to see each step.
const PACE: Duration = Duration::from_millis(500);

/// A person before the window.
pub struct Page {
    session: Session,
    pictures: PathBuf,
    taken: usize,
    rest: Duration,
}

impl Page {
    /// Opens the app, and waits until it shows something. `taken` pictures are there already.
    pub fn open(scene: &Scene<'_>, taken: usize) -> Result<Self, AnyError> {
        let home = scene.home.to_str().ok_or("the device's folder is not text")?;
        let log = scene.out.join("window.log");
        let session = Session::open(&program("fieldcard-app")?, &["--home", home], scene.display, &log)?;
        session.post("/window/rect", &json!({"width": SIZE.0, "height": SIZE.1}))?;
        let rest = if scene.display.is_seen() { PACE } else { Duration::ZERO };
        let page = Self { session, pictures: scene.out.to_owned(), taken, rest };
        page.wait_for("#app h1")?;
        Ok(page)
    }

    /// How many pictures were taken so far.
    pub fn taken(&self) -> usize {
        self.taken
    }

    /// Ends the app without warning.
    pub fn kill(self) -> Result<(), AnyError> {
        self.session.kill_app()
    }

    /// Waits for an element; its path.
    pub fn wait_for(&self, css: &str) -> Result<String, AnyError> {
        until(css, || self.session.find(css))
    }

    /// Waits until `text` stands somewhere on the screen.
    pub fn wait_text(&self, text: &str) -> Result<(), AnyError> {
        until(text, || {
            let seen =
                self.session.script("return document.body.innerText.includes(given[0])", &json!([text]))?;
            Ok((seen == true).then_some(()))
        })
    }

    /// Waits until a chip in the screen's head says `text`.
    pub fn wait_chip(&self, text: &str) -> Result<(), AnyError> {
        let path = format!("//header//*[contains(@class, 'chip')][normalize-space(.)='{text}']");
        until(text, || Ok(self.session.find_path(&path)?.map(drop)))
    }

    /// Taps the button or link that says `text`, once it can be tapped.
    pub fn tap(&self, text: &str) -> Result<(), AnyError> {
        let path = format!(
            "//*[self::button or self::a or self::summary][not(@disabled)][normalize-space(.)='{text}' or @aria-label='{text}']"
        );
        self.click(text, || self.session.find_path(&path))
    }

    /// Taps what a selector finds.
    pub fn tap_at(&self, css: &str) -> Result<(), AnyError> {
        self.click(css, || self.session.find(css))
    }

    /// A screen may be drawn anew between finding and tapping: found anew, tapped once.
    fn click(&self, what: &str, find: impl Fn() -> Result<Option<String>, AnyError>) -> Result<(), AnyError> {
        let mut last = None;
        std::thread::sleep(self.rest);
        let tapped = until(what, || {
            let Some(element) = find()? else { return Ok(None) };
            let clicked = self.session.post(&format!("{element}/click"), &json!({}));
            last = clicked.as_ref().err().map(ToString::to_string);
            Ok(clicked.ok())
        });
        tapped.map(drop).map_err(|e| format!("{e} {}", last.unwrap_or_default()).into())
    }

    /// Types into a field that is found by its id, and goes on to the next.
    pub fn fill(&self, id: &str, text: &str) -> Result<(), AnyError> {
        std::thread::sleep(self.rest);
        let element = self.wait_for(&format!("[id='{id}']"))?;
        self.session
            .script("document.getElementById(given[0]).scrollIntoView({ block: 'center' })", &json!([id]))?;
        self.session.post(&format!("{element}/clear"), &json!({}))?;
        self.session.post(&format!("{element}/value"), &json!({"text": text}))?;
        let typed = self.session.get(&format!("{element}/property/value"))?;
        if typed != text {
            return Err(format!("{id}: typed {text:?}, the field has {typed}").into());
        }
        self.session.script("given[0] && document.getElementById(given[0])?.blur()", &json!([id]))?;
        Ok(())
    }

    /// Picks an option of a list.
    pub fn choose(&self, id: &str, value: &str) -> Result<(), AnyError> {
        self.tap_at(&format!("[id='{id}'] option[value='{value}']"))
    }

    /// Gives a file to a file field, as the system's own picker would.
    pub fn attach(&self, css: &str, file: &Path) -> Result<(), AnyError> {
        let element = self.wait_for(css)?;
        self.session.post(&format!("{element}/value"), &json!({"text": file}))?;
        Ok(())
    }

    /// What a field holds.
    pub fn value(&self, id: &str) -> Result<String, AnyError> {
        let element = self.wait_for(&format!("[id='{id}']"))?;
        let value = self.session.get(&format!("{element}/property/value"))?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }

    /// What an element says.
    pub fn text(&self, css: &str) -> Result<String, AnyError> {
        let element = self.wait_for(css)?;
        let text = self.session.get(&format!("{element}/text"))?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Draws `strokes` on the pad with a pen; points are parts of its width and height.
    pub fn draw(&self, css: &str, strokes: &[Vec<(f64, f64)>]) -> Result<(), AnyError> {
        self.wait_for(css)?;
        let rect = "const r = document.querySelector(given[0]).getBoundingClientRect(); return [r.x, r.y, r.width, r.height]";
        let rect = self.session.script(rect, &json!([css]))?;
        let side = |n: usize| rect[n].as_f64().unwrap_or_default();
        let to = |&(x, y): &(f64, f64), ms: u32| {
            let (x, y) = (side(0) + x * side(2), side(1) + y * side(3));
            json!({"type": "pointerMove", "duration": ms, "origin": "viewport", "x": x.round(), "y": y.round()})
        };
        let mut moves = Vec::new();
        for stroke in strokes.iter().filter(|stroke| !stroke.is_empty()) {
            moves.push(to(&stroke[0], 0));
            moves.push(json!({"type": "pointerDown", "button": 0}));
            moves.extend(stroke[1..].iter().map(|point| to(point, 16)));
            moves.push(json!({"type": "pointerUp", "button": 0}));
        }
        let pen =
            json!({"type": "pointer", "id": "pen", "parameters": {"pointerType": "mouse"}, "actions": moves});
        self.session.post("/actions", &json!({"actions": [pen]}))?;
        Ok(())
    }

    /// How many dots of a canvas are inked.
    pub fn inked(&self, css: &str) -> Result<u64, AnyError> {
        let count = "const c = document.querySelector(given[0]); const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
                     let n = 0; for (let i = 3; i < d.length; i += 4) if (d[i]) n++; return n";
        Ok(self.session.script(count, &json!([css]))?.as_u64().unwrap_or_default())
    }

    /// A view of the core, as the screens get it.
    pub fn ask(&self, query: &Value) -> Result<Value, AnyError> {
        self.session.script(
            "return await window.__TAURI_INTERNALS__.invoke('view', { query: given[0] })",
            &json!([query]),
        )
    }

    /// Asks for a view until it says what is waited for.
    pub fn ask_until<T>(
        &self,
        what: &str,
        query: &Value,
        pick: impl Fn(&Value) -> Option<T>,
    ) -> Result<T, AnyError> {
        until(what, || Ok(pick(&self.ask(query)?)))
    }

    /// Takes a picture of the window; numbered in order.
    pub fn picture(&mut self, name: &str) -> Result<(), AnyError> {
        // Two frames: what a tap changed is drawn.
        self.session.script(
            "await new Promise((f) => requestAnimationFrame(() => requestAnimationFrame(f)))",
            &json!([]),
        )?;
        let png = self.session.get("/screenshot")?;
        let png = STANDARD.decode(png.as_str().unwrap_or_default())?;
        self.taken += 1;
        std::fs::write(self.pictures.join(format!("{:02}-{name}.png", self.taken)), png)?;
        Ok(())
    }
}
