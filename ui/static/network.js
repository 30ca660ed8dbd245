// A bad connection, as phones have at night. Gradio would give up at the first failure and load the
// page anew, and what she was writing would be lost. Here requests are sent again until they get
// through: the server takes a message once, however often it comes (ui/conversation.py). What a broken
// stream was telling is looked up again once the connection is back.
{
  const LONGEST_WAIT = 8000;
  const LONGEST_REQUEST = 20000;
  const LONGEST_SILENCE = 40000; // the server says something every 15 seconds

  const send = window.fetch.bind(window);
  const open = new Map(); // events under way: id -> how many parts of the page they change
  let notice = null;

  const show = (lost) => {
    if (lost === (notice !== null)) return;
    if (lost) {
      notice = document.createElement("div");
      notice.id = "offline";
      notice.setAttribute("role", "status");
      document.body.append(notice);
      setTimeout(() => { if (notice) notice.textContent = pageWords.offline; }, 100); // so that it is read out
    } else {
      notice.remove();
      notice = null;
      lookAgain();
    }
  };
  const lookAgain = () => document.querySelector("#look")?.click();

  const pause = (attempt) => new Promise((resolve) => {
    const go = () => { removeEventListener("online", go); resolve(); };
    addEventListener("online", go);
    setTimeout(go, Math.min(LONGEST_WAIT, 500 * 2 ** attempt));
  });

  const again = async (address, options) => {
    for (let attempt = 0; ; attempt++) {
      const limit = new AbortController();
      const timer = setTimeout(() => limit.abort(), LONGEST_REQUEST);
      options?.signal?.addEventListener("abort", () => limit.abort());
      try {
        const answer = await send(address, { ...options, signal: limit.signal });
        if (![502, 503, 504].includes(answer.status)) { show(false); return answer; }
      } catch (error) {
        if (options?.signal?.aborted) throw error;
      } finally {
        clearTimeout(timer);
      }
      show(true);
      await pause(attempt);
    }
  };

  const join = async (address, options) => {
    const answer = await again(address, options);
    if (answer.ok) {
      const { event_id } = await answer.clone().json();
      const { fn_index } = JSON.parse(options.body);
      const event = window.gradio_config.dependencies.find((it) => it.id === fn_index);
      open.set(event_id, event ? event.outputs.length : 0);
    }
    return answer;
  };

  // Says that the events under way have ended and changed nothing more.
  const farewell = () => {
    const ends = [...open].map(([event_id, parts]) => ({
      msg: "process_completed",
      event_id,
      success: true,
      output: { data: Array(parts).fill({ __type__: "update" }), is_generating: false, changed_state_ids: [] },
    }));
    open.clear();
    return [...ends, { msg: "close_stream" }].map((it) => `data: ${JSON.stringify(it)}\n\n`).join("");
  };

  const listen = async (address, options) => {
    const answer = await again(address, options);
    if (!answer.ok || !answer.body) return answer;
    const reader = answer.body.getReader();
    const decoder = new TextDecoder();
    let told = "";
    const note = (bytes) => {
      told += decoder.decode(bytes, { stream: true });
      const lines = told.split("\n");
      told = lines.pop();
      for (const line of lines) {
        if (!line.includes("process_completed")) continue;
        open.delete(JSON.parse(line.slice("data:".length)).event_id);
      }
    };
    const body = new ReadableStream({
      async pull(controller) {
        let timer;
        const silence = new Promise((_, fail) => { timer = setTimeout(fail, LONGEST_SILENCE); });
        try {
          const { done, value } = await Promise.race([reader.read(), silence]);
          if (value) { note(value); controller.enqueue(value); }
          if (done) controller.close();
        } catch {
          reader.cancel().catch(() => {});
          if (options?.signal?.aborted) { controller.close(); return; }
          controller.enqueue(new TextEncoder().encode(farewell()));
          controller.close();
          show(true);
          find();
        } finally {
          clearTimeout(timer);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    });
    return new Response(body, { status: answer.status, headers: answer.headers });
  };

  // Waits until the server can be reached.
  const find = () => again("/salud", { cache: "no-store" });

  window.fetch = (address, options) => {
    const path = new URL(address?.url ?? address, location.href).pathname;
    if (path.endsWith("/queue/join")) return join(address, options);
    if (path.endsWith("/queue/data")) return listen(address, options);
    return send(address, options);
  };

  // Gradio loses updates, and with the end of a look its timer stops looking. What she has done and
  // seen nothing come of is looked up without it: a few times, each after twice as long.
  const FIRST_LOOK = 4000;
  const LOOKS = 5;
  let looks = LOOKS; // none to come
  let due = 0;
  let drawn;
  const valueOf = (id) => Number(document.querySelector(`#${id} input`)?.value ?? -1);
  const acted = () => { looks = 0; due = Date.now() + FIRST_LOOK; drawn = valueOf("number"); };
  addEventListener("click", (event) => { if (event.isTrusted && event.target.closest("button")) acted(); }, true);
  addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target.closest("#box")) acted(); }, true);
  setInterval(() => {
    if (looks === LOOKS || notice || Date.now() < due) return;
    const answered = valueOf("heard") >= 0 && valueOf("number") !== drawn;
    looks = answered ? LOOKS : looks + 1;
    due = Date.now() + FIRST_LOOK * 2 ** looks;
    if (!answered) lookAgain();
  }, 1000);

  addEventListener("offline", () => { show(true); find(); });
  // A phone that wakes up may have missed the answer.
  document.addEventListener("visibilitychange", () => { if (!document.hidden) lookAgain(); });
}
