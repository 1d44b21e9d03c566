/** An account to play with, for those who start the emulator by hand. */
import type { Emulator } from "./emulator";
import type { EmulatedUser } from "./state";

export function addExampleUsers(vultr: Emulator): EmulatedUser[] {
  return [
    vultr.addUser({ email: "admin@example.com", name: "Admin", acls: ["manage_users"] }),
    vultr.addUser({ email: "deployer@example.com", name: "Deployer", serviceUser: true }),
    vultr.addUser({ email: "dns@example.com", name: "Dns Bot", acls: ["dns"] }),
  ];
}
