// What stands in the page that could run, load, or lead to anywhere but a file beside it.
// Only an author's own prose may link out.
() => {
  const dead = ("script iframe frame frameset object embed applet base form input button select textarea template " +
    "dialog marquee video audio source track area map picture portal foreignobject animate set use image math " +
    "noscript").split(" ")
  const refused = ("style srcdoc formaction action srcset ping background poster data lowsrc xlink:href popover " +
    "contenteditable").split(" ")
  return [...document.querySelectorAll("*")].flatMap(element => {
    const tag = element.localName.toLowerCase(), found = []
    if (dead.includes(tag)) found.push("")
    if (tag === "meta" && element.httpEquiv && element.httpEquiv !== "Content-Security-Policy") found.push("refresh")
    if (tag === "style" && element !== document.querySelector("head > style")) found.push("")
    if (element.shadowRoot) found.push(" shadow")
    for (const {name, value} of element.attributes) {
      const protocol = ["href", "src"].includes(name) ? new URL(value, document.baseURI).protocol : ""
      const image = protocol === "data:" && ["img", "link"].includes(tag) && value.startsWith("data:image/")
      const out = tag === "a" && element.closest(".prose") && ["http:", "https:", "mailto:"].includes(protocol)
      const leads = protocol && !image && !out && !(protocol === "file:" && tag === "a")
      if (name.startsWith("on") || refused.includes(name) || leads) found.push(` ${name}=${value}`)
    }
    return found.map(what => `<${tag}${what}>`)
  })
}
