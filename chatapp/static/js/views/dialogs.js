// All dialogs of the page by name.

import { Directory } from "./directory.js"
import { DevicesDialog } from "./devices_dialog.js"
import { findDialog } from "./dialog.js"
import { DoNotDisturbDialog } from "./do_not_disturb.js"
import { AddPeopleDialog, NewGroupDialog } from "./group_dialogs.js"
import { PrivacyDialog, ProfileDialog } from "./self_dialogs.js"
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
    doNotDisturb: new DoNotDisturbDialog(app),
    profile: new ProfileDialog(app),
    privacy: new PrivacyDialog(app),
    devices: new DevicesDialog(app),
    help: { open: () => help.showModal() },
  }
}
