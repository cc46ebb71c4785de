// Does to everything on the page what a reader might: open, point at, focus, click, type, copy, submit.
// Links that merely lead elsewhere are not followed; those that run something are.
() => {
  addEventListener("click", event => {
    const link = event.target.closest("a, area"), to = link && (link.href?.baseVal ?? link.href)
    if (to && /^(file|https?|mailto):/.test(new URL(to, document.baseURI).protocol)) event.preventDefault()
  })
  const kinds = "pointerover mouseover mouseenter mousemove mousedown mouseup dblclick contextmenu keydown input copy"
  for (const element of document.querySelectorAll("*")) {
    if ("open" in element) element.open = true
    const own = [...element.attributes].filter(a => /^on/i.test(a.name)).map(a => a.name.slice(2).toLowerCase())
    for (const kind of [...kinds.split(" "), ...own]) element.dispatchEvent(new Event(kind, {bubbles: true}))
    if (element.focus) element.focus({preventScroll: true})
    element.dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true, view: window}))
    if (element.requestSubmit) element.requestSubmit()
  }
  scrollTo(0, document.body.scrollHeight)
}
