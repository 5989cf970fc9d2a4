// The draft saves itself. Each save names the revision it was made from; somebody else's in between is told, never lost.
import { byId, h, dialog, t } from "./dom.js";
import { same } from "./desk.js";
import { send } from "./server.js";

const WAIT_MS = 500;
const AGAIN_MS = 3000;

export class Saver {
  constructor(desk, saved) {
    Object.assign(this, { desk, saved, kept: desk.look, timer: 0, busy: null });
    desk.addEventListener("changed", () => this.later(WAIT_MS));
    addEventListener("beforeunload", (event) => { if (!this.clean) event.preventDefault(); });
  }

  get clean() { return same(this.desk.look, this.kept); }

  later(wait) {
    clearTimeout(this.timer);
    if (this.clean) return this.#say(t("草稿已保存", "Draft saved"), "good");
    this.#say(t("有未保存的修改…", "Not saved yet…"), "wait");
    this.timer = setTimeout(() => this.now(), wait);
  }

  // Resolves to whether everything is saved.
  async now() {
    clearTimeout(this.timer);
    if (this.busy) await this.busy;
    if (this.clean) return true;
    this.busy = this.#save();
    await this.busy;
    this.busy = null;
    return this.clean;
  }

  async #save() {
    const look = this.desk.look;
    this.#say(t("正在保存…", "Saving…"), "wait");
    const { ok, body } = await send("draft", { revision: this.desk.revision, look });
    if (ok) {
      this.desk.revision = body.revision;
      this.kept = look;
      this.saved();
      this.later(WAIT_MS);
    } else if (body.code === "draft_conflict") this.conflict(body);
    else this.#refused(body);
  }

  #refused({ code, message, errors = [] }) {
    this.#say(`${t("未保存：", "Not saved: ")}${errors[0]?.message ?? message}`, "bad");
    if (code === "network") this.timer = setTimeout(() => this.now(), AGAIN_MS);
  }

  #say(text, tone) {
    const state = byId("save-state");
    state.textContent = text;
    state.className = `badge ${tone}`;
  }

  // Both looks stay: the one that is not taken is one step of undo away.
  conflict({ message, revision, look: theirs, changed_at: at }) {
    this.#say(message, "bad");
    const settle = (how) => async () => { box.close(); this.desk.revision = revision; await how(); };
    const take = settle(async () => { this.kept = theirs; await this.desk.change("", (look) => { Object.assign(look, theirs); }); });
    const keep = settle(async () => { this.desk.past.push(theirs); this.kept = theirs; await this.now(); });
    const box = dialog(t("草稿被他人修改", "Somebody else changed the draft"),
      h("p", {}, `${message} (${new Date(at).toLocaleString()})`),
      h("p", {}, t("您的修改还在这里。无论选哪个，另一份都可以用“撤销”找回。", "Your changes are still here. Whichever you choose, Undo brings the other one back.")),
      h("div", { class: "buttons" },
        h("button", { class: "button primary", type: "button", onclick: take }, t("使用对方的版本", "Take theirs")),
        h("button", { class: "button", type: "button", onclick: keep }, t("保留我的版本", "Keep mine"))));
  }
}
