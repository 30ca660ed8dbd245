// What Gradio cannot be told from Python. Gradio puts it into the page's head as it starts.

// Its own labels follow the browser's language, and ours are the page's (pageWords: ui/theme.py).
const sayLanguage = () => {
  if (document.documentElement.lang !== pageWords.language) document.documentElement.lang = pageWords.language;
};
sayLanguage();
// Gradio says the browser's as it starts.
new MutationObserver(sayLanguage).observe(document.documentElement, { attributeFilter: ["lang"] });
Object.defineProperty(navigator, "language", { get: () => pageWords.language });
Object.defineProperty(navigator, "languages", { get: () => [pageWords.language] });

{
  const finePointer = matchMedia("(hover: hover) and (pointer: fine)").matches;
  let shown = "";
  let lastFocus = null;

  document.addEventListener("focusin", (event) => { lastFocus = event.target; });

  // Labels with raw Markdown, in English, that a screen reader would read instead of the words.
  const relabel = () => {
    for (const it of document.querySelectorAll("#log [aria-label]:not(.typing)")) it.removeAttribute("aria-label");
    // A dialler must not leave an empty tab behind; her own pages lead back to this one.
    for (const it of document.querySelectorAll('a[href^="tel:"][target], a[href^="/"][target]')) it.removeAttribute("target");
  };

  // Buttons inside of the conversation press those that Gradio knows.
  document.addEventListener("click", (event) => {
    const rate = event.target.closest?.("#log button.rate");
    if (rate) document.getElementById(rate.classList.contains("yes") ? "rate-yes" : "rate-no").click();
  });

  // Her answers get the room that the question and her words above it leave (page.css).
  const LEAST = 160; // of the conversation, in pixels, as in page.css
  const share = (log, needed) => {
    const replies = document.querySelector("#replies");
    const room = log.clientHeight + (replies?.clientHeight ?? 0);
    replies?.style.setProperty("--rest", `${Math.max(0, room - Math.max(needed + 16, LEAST))}px`);
  };

  // Something new: show it from its start, with her own words above it.
  const scroll = () => {
    const log = document.querySelector("#log .bubble-wrap");
    const rows = document.querySelectorAll("#log .message-row");
    if (!log || !rows.length) return;
    // What stands under an answer changes where she has just pressed: there she stays.
    const last = rows[rows.length - 1];
    const under = last.querySelector(".after")?.textContent.length ?? 0;
    const now = [rows.length, last.textContent.length - under, log.clientHeight].join();
    if (now === shown) return;
    shown = now;
    const hers = document.querySelectorAll("#log .user-row");
    // A person's answer, or a question on another day, comes without words of hers before it.
    const alone = last.matches(".bot-row") && rows[rows.length - 2]?.matches(".bot-row");
    const start = alone ? last : hers[hers.length - 1] ?? rows[0];
    share(log, last.getBoundingClientRect().bottom - start.getBoundingClientRect().top);
    log.scrollTop += start.getBoundingClientRect().top - log.getBoundingClientRect().top - 8;
    // Another question's answers begin at the first one, wherever the last one's were left.
    document.querySelector("#replies")?.scrollTo(0, 0);
  };

  // What she has to decide, or to know at once, is read out and not left behind the keyboard.
  const callAttention = () => {
    if (document.querySelector("#box")) document.querySelector("#opening")?.remove();
    const consent = document.querySelector("#consent:not([role])");
    if (consent) {
      consent.setAttribute("role", "group");
      consent.setAttribute("aria-labelledby", "consent-text");
      consent.tabIndex = -1;
      consent.focus();
    }
    document.querySelector("#notice:not([role])")?.setAttribute("role", "alert");
  };

  // The pressed button may be gone or asleep: the keyboard goes on from its place, or in the box.
  const keepFocus = () => {
    if (!finePointer || document.activeElement !== document.body) return;
    const box = document.querySelector("#box textarea");
    if (!lastFocus?.checkVisibility()) lastFocus = box;
    if (lastFocus && !lastFocus.disabled) lastFocus.focus({ preventScroll: true });
  };

  new MutationObserver(() => { relabel(); scroll(); callAttention(); keepFocus(); })
    .observe(document, { childList: true, subtree: true, characterData: true, attributeFilter: ["disabled"] });
}
