// One conversation: which panes are seen and how wide, keys from step to step, and the three panes together.
{
  const steps = [...document.querySelectorAll(".trace .step")];
  const bubbles = [...document.querySelectorAll(".chat li[data-step]")];
  const place = document.getElementById("place");
  const words = document.getElementById("words").dataset;
  const narrow = matchMedia("(max-width: 63.99rem)");
  let current = null;

  // What is seen: on a narrow screen one pane at a time, else each can be put away.
  const tabs = [...document.querySelectorAll(".tabs [aria-controls]")];
  const paneOf = (tab) => document.getElementById(tab.getAttribute("aria-controls"));
  const widths = paneWidths();
  const isShown = (tab) => tab.getAttribute("aria-pressed") === "true";
  function show(tab, shown) {
    tab.setAttribute("aria-pressed", String(shown));
    paneOf(tab).hidden = !shown;
    widths.show();
  }
  function only(chosen) {
    for (const tab of tabs) show(tab, tab === chosen);
    map.open?.();
  }
  function reveal(element) {
    const tab = tabs.find((one) => paneOf(one).contains(element));
    if (!tab || isShown(tab)) return;
    if (narrow.matches) only(tab);
    else show(tab, true);
  }
  for (const tab of tabs) {
    tab.addEventListener("click", () => {
      if (narrow.matches) only(tab);
      else if (!isShown(tab) || tabs.filter(isShown).length > 1) show(tab, !isShown(tab));
      map.open?.();
    });
  }

  // Selecting a step lights its bubble and its place in the tree.
  function select(step, { focus = true, moved = true } = {}) {
    for (const one of steps) {
      one.classList.toggle("lit", one === step);
      if (one === step) one.setAttribute("aria-current", "true");
      else one.removeAttribute("aria-current");
    }
    current = step;
    map.light(step?.dataset.node);
    for (const bubble of bubbles) bubble.classList.toggle("lit", Boolean(step) && bubble.dataset.step === step.id);
    if (!step) {
      place.textContent = "";
      return;
    }
    reveal(step);
    step.closest("details").open = true;
    step.tabIndex = -1;
    if (focus) step.focus({ preventScroll: true });
    if (moved) {
      step.scrollIntoView({ block: "nearest" });
      history.replaceState(history.state, "", `#${step.id}`);
    }
    // The chat comes along in its own pane, where that scrolls by itself.
    if (!narrow.matches) bubbleOf(step)?.scrollIntoView({ block: "nearest" });
    const turn = step.closest("details").querySelector("h3").textContent;
    const what = step.querySelector("h4").firstChild.textContent.trim();
    place.textContent = words.place.replace("{number}", steps.indexOf(step) + 1).replace("{count}", steps.length)
      .replace("{turn}", turn).replace("{what}", what);
  }
  // Her step's bubble, or the last one before it.
  function bubbleOf(step) {
    const before = steps.slice(0, steps.indexOf(step) + 1).map((one) => one.id);
    return bubbles.findLast((one) => before.includes(one.dataset.step));
  }
  const stepOf = (element) => element?.closest(".step") ?? null;
  const named = (id) => (id ? stepOf(document.getElementById(id)) : null);
  function go(by) {
    const at = steps.indexOf(current);
    const next = at < 0 ? (by > 0 ? 0 : steps.length - 1) : at + by;
    if (steps[next]) select(steps[next]);
  }
  function goTurn(by) {
    const turns = [...document.querySelectorAll(".trace .turn")];
    const at = turns.indexOf(current?.closest(".turn"));
    const turn = turns[at < 0 ? 0 : at + by];
    if (turn) select(turn.querySelector(".step"));
  }
  // A box may have several steps: each click leads to the next one.
  function ofNode(node) {
    const found = steps.filter((one) => one.dataset.node === node);
    if (found.length) select(found[(found.indexOf(current) + 1) % found.length]);
  }
  const map = wayMap(ofNode);

  document.querySelector(".trace").addEventListener("click", (event) => {
    const link = event.target.closest(".link");
    const step = stepOf(event.target);
    if (!step || event.target.closest("summary, button, input, select, textarea, label")) return;
    if (event.target.closest("a") && !link) return;
    if (getSelection().toString()) return;
    select(step, { focus: false, moved: Boolean(link) });
    if (link) {
      event.preventDefault();
      navigator.clipboard?.writeText(location.href).then(() => { place.textContent = words.copied; }, () => {});
    }
  });
  document.querySelector(".chat").addEventListener("click", (event) => {
    const bubble = event.target.closest("li[data-step]");
    if (!bubble || event.target.closest("summary") || (event.target.closest("a") && !event.target.closest(".to-step"))) return;
    event.preventDefault();
    select(named(bubble.dataset.step));
  });
  document.querySelector(".in-words")?.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link) return;
    event.preventDefault();
    select(named(link.hash.slice(1)));
  });

  const help = document.getElementById("keys");
  document.getElementById("show-keys").addEventListener("click", () => help.showModal());
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    const at = event.target;
    if (at.closest("input, textarea, select, [contenteditable]")) return;
    // Arrows scroll a pane and move the picture; on a step they lead to the next one.
    const arrows = at === document.body || at.closest(".step");
    const keys = {
      j: () => go(1), k: () => go(-1), n: () => goTurn(1), p: () => goTurn(-1),
      ...map.keys,
      "?": () => help.showModal(), Escape: () => select(null),
      ...(arrows ? { ArrowDown: () => go(1), ArrowUp: () => go(-1) } : {}),
    };
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });

  document.querySelector(".tabs").hidden = false;
  const wanted = location.hash.slice(1);
  const first = tabs.find((tab) => paneOf(tab).id === wanted) ?? tabs[1];
  if (narrow.matches) only(first);
  narrow.addEventListener("change", () => { for (const tab of tabs) show(tab, !narrow.matches || tab === first); map.open?.(); });
  const linked = named(wanted);
  if (linked) {
    select(linked, { focus: true, moved: false });
    linked.scrollIntoView({ block: "start" });
  }
  addEventListener("hashchange", () => {
    const step = named(location.hash.slice(1));
    if (step) select(step);
  });
}
