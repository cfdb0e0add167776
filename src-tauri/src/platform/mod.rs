//! What differs from system to system: folders, secrets, network, and the webview's own settings.
//!
//! Every system has an answer to each; where one has nothing special, the answer is plain and safe.

pub(crate) mod network;
pub(crate) mod paths;
pub(crate) mod secrets;

use tauri::{Url, WebviewWindow};

/// Whether an address is a page of this app: its own scheme, or the host that Windows and Android give it.
pub(crate) fn is_own_page(url: &Url) -> bool {
    url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost")
}

/// Whether an address is a phone number to call or a place to go to: nothing else leaves the app.
pub(crate) fn is_for_the_system(url: &Url) -> bool {
    matches!(url.scheme(), "tel" | "geo")
}

/// Sets what the webview does not by itself.
#[cfg(target_os = "linux")]
pub(crate) fn prepare(window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::{InputMethodContextExt, SettingsExt, WebViewExt};
    window.with_webview(|webview| {
        let view = webview.inner();
        // wry switches this off; without it, pinyin shows only when a word is finished.
        if let Some(input) = view.input_method_context() {
            input.set_enable_preedit(true);
        }
        if let Some(settings) = WebViewExt::settings(&view) {
            settings.set_enable_media_stream(true);
        }
    })
}

/// Sets what the webview does not by itself.
#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "the other twin may fail")]
pub(crate) fn prepare(_window: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_pages_are_shown() {
        let own = |text: &str| is_own_page(&Url::parse(text).unwrap());
        assert!(own("tauri://localhost/") && own("http://tauri.localhost/index.html"));
        assert!(!own("https://example.org/") && !own("file:///etc/passwd") && !own("tel:12900001234"));
        assert!(!own("http://tauri.localhost.example.org/"));
    }

    #[test]
    fn only_calls_and_ways_leave_the_app() {
        let leaves = |text: &str| is_for_the_system(&Url::parse(text).unwrap());
        assert!(leaves("tel:12900001234") && leaves("geo:0,0?q=%E7%99%BD%E7%9F%B3%E5%9D%8E"));
        assert!(!leaves("https://example.org/") && !leaves("file:///etc/passwd") && !leaves("javascript:1"));
    }
}
