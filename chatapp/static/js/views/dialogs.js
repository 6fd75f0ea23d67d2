// All dialogs of the page by name.

import { Directory } from "./directory.js"
import { findDialog } from "./dialog.js"
import { AddPeopleDialog, NewGroupDialog } from "./group_dialogs.js"
import { DevicesDialog, ProfileDialog } from "./self_dialogs.js"
import { StatusDialog } from "./status_dialog.js"
import { Switcher } from "./switcher.js"

export function openDialogs(app) {
  const help = findDialog("help")
  return {
    switcher: new Switcher(app),
    directory: new Directory(app),
    newGroup: new NewGroupDialog(app),
    addPeople: new AddPeopleDialog(app),
    status: new StatusDialog(app),
    profile: new ProfileDialog(app),
    devices: new DevicesDialog(app),
    help: { open: () => help.showModal() },
  }
}
