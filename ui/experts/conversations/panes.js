// The widths of the panes: what lies between two of them is dragged, or moved with the arrow keys; this device remembers it.
function paneWidths() {
  const kept = "nodriza.panes";
  const [least, step] = [20, 4]; // percent of the two panes beside it
  const panes = [...document.querySelectorAll(".pane")];
  const splitters = [...document.querySelectorAll(".splitter")];
  const share = (pane) => Number(getComputedStyle(pane).getPropertyValue("--share"));

  // The panes before and behind, of those that are seen.
  function beside(splitter) {
    const at = panes.indexOf(splitter.nextElementSibling);
    return [panes.slice(0, at).findLast((pane) => !pane.hidden), panes[at]];
  }
  function tell(splitter) {
    const [left, right] = beside(splitter);
    splitter.hidden = !left || right.hidden;
    if (splitter.hidden) return;
    splitter.setAttribute("aria-controls", left.id);
    splitter.setAttribute("aria-valuenow", Math.round((100 * share(left)) / (share(left) + share(right))));
  }
  const show = () => splitters.forEach(tell);
  function place(splitter, percent) {
    const [left, right] = beside(splitter);
    const both = share(left) + share(right);
    const part = (both * Math.min(Math.max(percent, least), 100 - least)) / 100;
    left.style.setProperty("--share", part);
    right.style.setProperty("--share", both - part);
    show();
  }
  // Where nothing can be kept (a private window may refuse), the widths last as long as the page.
  function keep() {
    try {
      localStorage.setItem(kept, JSON.stringify(panes.map(share)));
    } catch {}
  }
  function recall() {
    let shares = [];
    try {
      shares = JSON.parse(localStorage.getItem(kept)) ?? [];
    } catch {}
    if (shares.length !== panes.length || !shares.every((one) => one > 0)) return;
    panes.forEach((pane, at) => pane.style.setProperty("--share", shares[at]));
  }
  function forget() {
    for (const pane of panes) pane.style.removeProperty("--share");
    show();
    keep();
  }

  for (const splitter of splitters) {
    splitter.setAttribute("aria-valuemin", least);
    splitter.setAttribute("aria-valuemax", 100 - least);
    splitter.addEventListener("pointerdown", (event) => {
      splitter.setPointerCapture(event.pointerId);
      event.preventDefault();
      splitter.focus();
    });
    splitter.addEventListener("pointermove", (event) => {
      if (!splitter.hasPointerCapture(event.pointerId)) return;
      const [left, right] = beside(splitter).map((pane) => pane.getBoundingClientRect());
      const gap = right.left - left.right;
      place(splitter, (100 * (event.clientX - gap / 2 - left.left)) / (right.right - left.left - gap));
    });
    splitter.addEventListener("lostpointercapture", keep);
    splitter.addEventListener("dblclick", forget);
    splitter.addEventListener("keydown", (event) => {
      const now = Number(splitter.getAttribute("aria-valuenow"));
      const to = { ArrowLeft: now - step, ArrowRight: now + step, Home: least, End: 100 - least }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      place(splitter, to);
      keep();
    });
  }
  recall();
  show();
  return { show };
}
