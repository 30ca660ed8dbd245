// With the focus in a step's row: 1 to 4 judge it, 5 unfolds the rest, N goes to the next row.
{
  const judged = "nodriza-judged";
  const buttons = (block) => block.querySelector(".verdicts button");
  document.addEventListener("submit", ({ target }) => {
    const block = target.closest(".judge");
    if (block) sessionStorage.setItem(judged, block.id);
  });
  // The page is loaded again after each judgement: the focus is where it was. Not at once: the
  // browser then still goes to the step that the address names, and takes the focus away.
  const before = document.getElementById(sessionStorage.getItem(judged) ?? "");
  sessionStorage.removeItem(judged);
  const resume = () => {
    before.scrollIntoView({ block: "center" });
    (before.querySelector('[aria-pressed="true"]') ?? buttons(before)).focus({ preventScroll: true });
  };
  if (before && buttons(before)) addEventListener("load", () => setTimeout(resume));
  const next = (block) => {
    const rows = [...document.querySelectorAll(".judge .verdicts")];
    const place = rows.findIndex((row) => block.contains(row));
    rows[place + 1]?.querySelector("button").focus();
  };
  const act = (block, key) => {
    if (key === "n") next(block);
    else if (key === "5") {
      const more = block.querySelector(".judge-more");
      more.open = true;
      const radios = 'input[type="radio"]';
      (more.querySelector(`${radios}:checked`) ?? more.querySelector(radios)).focus();
    } else block.querySelector(`[aria-keyshortcuts="${key}"]`).click();
  };
  document.addEventListener("keydown", (event) => {
    const block = event.target.closest?.(".judge");
    const writes = event.target.matches?.("input, select, textarea");
    const key = event.key.toLowerCase();
    if (!block || writes || event.ctrlKey || event.altKey || event.metaKey) return;
    if (!/^[1-5n]$/.test(key) || !block.querySelector(".verdicts")) return;
    event.preventDefault();
    event.stopPropagation();
    act(block, key);
  }, true);
}
