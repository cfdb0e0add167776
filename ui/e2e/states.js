// Owns the one list of states that the technician and the office must be able to see (what can happen to work on its
// way): for each, where the app and the console show it, in which scene, and the words that say it. Never a test, and
// never a picture: states.test.js and states_shots.js walk it.

import { dress, visit } from "./support.js";

/**
 * @typedef {{ route: string, scene?: string, zh: RegExp, en: RegExp, on: RegExp | null }} Look
 *   `on`: a control that leads on, by its name in either language; null where nobody has to do anything.
 * @typedef {{ name: string, app: Look | null, console: Look | null }} State
 */

/** What must be on the list, whatever is added to it. */
export const REQUIRED = ["conflict", "proposal", "late_work", "kept_job", "parked_op", "copied_store", "partial_first_sync", "waiting_over_a_day", "sending_again", "recovered", "app_too_old", "last_error", "key_lost", "full_disk", "revoked"];

/** @type {State[]} */
export const states = [
  { name: "conflict",
    app: { route: "/sync/i-clash", zh: /有两个不同的内容/, en: /Two different texts/, on: /用我的|Keep mine/ },
    console: { route: "/exceptions?why=clash", zh: /两个人改了同一处/, en: /Two people changed the same/, on: /采用|Take|保持|Keep/ } },
  { name: "proposal",
    app: { route: "/job/j-pump/propose", zh: /等公司采纳/, en: /Waits for the office|office/i, on: /撤回|Take back/ },
    console: { route: "/exceptions?why=proposal", zh: /服务人员建议修改归公司管的内容/, en: /technician/i, on: /采用|Take|保持|Keep/ } },
  { name: "late_work",
    app: { route: "/sync/i-late", zh: /照样算数/, en: /they count/, on: /知道了|Understood/ },
    console: { route: "/exceptions?why=late", zh: /改派或结束之后才传来的记录/, en: /after/i, on: /./ } },
  { name: "kept_job",
    app: { route: "/job/j-moved", zh: /现由吴宏负责[\s\S]*这张单只读/, en: /Now with 吴宏[\s\S]*read-only/, on: null },
    console: { route: "/job/j-pump", zh: /罗小军以前负责这张单[\s\S]*还有 42 条记录[\s\S]*还没有联系过公司/, en: /had this job before[\s\S]*42 records[\s\S]*has not called since/, on: null } },
  { name: "parked_op",
    app: { route: "/sync/i-parked", zh: /这张单不在您名下/, en: /This job is not yours/, on: /交给公司定|Let the office decide/ },
    console: { route: "/exceptions?why=not_yours", zh: /待办公室处理/, en: /parked/, on: /./ } },
  { name: "copied_store",
    app: { route: "/sync", scene: "copied", zh: /拷贝或恢复来的[\s\S]*请告诉公司/, en: /copied or put back[\s\S]*tell the office/, on: /现在同步|Sync now/ },
    console: { route: "/devices?device=d-old", zh: /记录链有缺口[\s\S]*请问使用人/, en: /Gap in its records[\s\S]*Ask its owner/, on: null } },
  { name: "partial_first_sync",
    app: { route: "/sync", scene: "partial", zh: /还在取公司的内容[\s\S]*自动出现/, en: /Still fetching[\s\S]*by itself/, on: /现在同步|Sync now/ },
    console: null },
  { name: "waiting_over_a_day",
    app: { route: "/sync", scene: "late", zh: /超过 24 小时没有传出[\s\S]*导出成文件/, en: /more than 24 hours[\s\S]*export a file/, on: /现在同步|Sync now/ },
    console: { route: "/devices", zh: /超过一天|24 小时/, en: /a day|24 h/i, on: null } },
  { name: "sending_again",
    app: { route: "/sync", scene: "sending_again", zh: /用备份恢复过[\s\S]*再传一遍/, en: /restored from a backup[\s\S]*sending again/, on: null },
    console: null },
  { name: "recovered",
    app: { route: "/sync", scene: "recovered", zh: /缺的已补齐/, en: /has everything again/, on: null },
    console: { route: "/exceptions?why=recovered", zh: /由设备交还/, en: /device/i, on: /./ } },
  { name: "app_too_old",
    app: { route: "/sync", scene: "app_old", zh: /请更新应用/, en: /[Uu]pdate/, on: /现在同步|Sync now/ },
    console: null },
  { name: "last_error",
    app: { route: "/sync", scene: "refused", zh: /上次没有交换成[\s\S]*正忙[\s\S]*下次自动重试/, en: /did not work[\s\S]*busy[\s\S]*Next try/, on: /现在同步|Sync now/ },
    console: null },
  { name: "key_lost",
    app: { route: "/sync", scene: "key_lost", zh: /丢了这台设备的密钥[\s\S]*记录都在本机/, en: /lost this device's key[\s\S]*Your work is kept/, on: /输入新密钥码|Enter the new key code/ },
    console: null },
  { name: "full_disk",
    app: { route: "/sync", scene: "full", zh: /快没有空间了[\s\S]*照常存、照常上传/, en: /nearly full[\s\S]*still saved and sent/, on: /现在同步|Sync now/ },
    console: null },
  { name: "revoked",
    app: { route: "/sync", scene: "shut_out", zh: /公司停用了这台设备[\s\S]*没传的内容还在传/, en: /shut this device out[\s\S]*still being sent/, on: /导出未上传的内容|Export unsent work/ },
    console: null },
];

/** Goes where the app shows it. A device that is shut out has no settings: the address dresses it. */
export async function visitState(page, base, { route, scene }, language, theme) {
  if (scene !== "shut_out") await dress(page, base, language, theme, scene);
  await visit(page, base, route, scene, { language, theme });
}
