import { post } from "../api.js"
import { proposeUsername, wire } from "./form.js"

const form = document.querySelector("form")
const { invite } = form.dataset

if (form.dataset.form === "join") {
  proposeUsername(form)
  wire(form, async (values) => open(await post("/api/users", { invite, ...values })))
} else {
  wire(form, async () => open(await post(`/api/invites/${invite}/accept`)))
}

function open({ group }) {
  location.replace(`/groups/${group.id}`)
}
