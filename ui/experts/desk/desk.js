// Copying the answer, where the browser can do it.
{
  const area = document.getElementById("draft");
  const button = document.getElementById("copy-draft");
  if (area && button) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const before = button.textContent;
      try {
        await navigator.clipboard.writeText(area.value);
      } catch {
        // Without https there is no clipboard: the selected text is copied the old way.
        area.select();
        if (!document.execCommand("copy")) return;
      }
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = before; }, 3000);
    });
  }
}
