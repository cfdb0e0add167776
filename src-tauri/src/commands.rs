//! What the screens may call: ask for a view, carry out a request. Nothing else, and nothing is decided here.
//!
//! The core may wait for its disk: it is never called on the thread that draws. Messages are JSON, because that is
//! all that Android's way between page and program carries; photos come in chunks of base64.

use fieldcard_core::actions::Done;
use fieldcard_core::driver::runner::Runner;
use fieldcard_core::error::ActionError;
use serde_json::Value;
use tauri::State;

use crate::Device;

#[tauri::command]
pub(crate) async fn view(device: State<'_, Device>, query: Value) -> Result<Value, ActionError> {
    on_a_thread(&device, move |runner| runner.view(&query)).await
}

#[tauri::command]
pub(crate) async fn execute(device: State<'_, Device>, request: Value) -> Result<Done, ActionError> {
    on_a_thread(&device, move |runner| runner.execute(&request)).await
}

async fn on_a_thread<T: Send + 'static>(
    device: &Device,
    work: impl FnOnce(&Runner) -> Result<T, ActionError> + Send + 'static,
) -> Result<T, ActionError> {
    let runner = device.0.clone()?;
    let done = tauri::async_runtime::spawn_blocking(move || work(&runner)).await;
    done.unwrap_or_else(|_| Err(ActionError::internal()))
}
