// Sharing, copying and printing, each offered where the browser can do it.
{
  const text = document.querySelector("pre")?.textContent;
  const offer = (name, act) => {
    const button = document.getElementById(name);
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", () => act(button));
  };
  const copy = async (button) => {
    const before = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without https there is no clipboard: the selected text is copied the old way.
      getSelection().selectAllChildren(document.querySelector("pre"));
      if (!document.execCommand("copy")) return;
    }
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = before; }, 3000);
  };
  // She may close the sheet without sharing: that is no error.
  if (navigator.share) offer("share", () => navigator.share({ text }).catch(() => {}));
  offer("copy", copy);
  offer("print", () => print());
}
