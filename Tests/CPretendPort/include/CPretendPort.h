#pragma once

/// Makes libserialport take pseudo-terminals for real ports in this process, or stops doing so.
///
/// libserialport wants an entry under /sys/class/tty and modem lines (TIOCMGET, TIOCMSET); a pseudo-terminal has
/// neither. While this is on, `lstat` and `readlink` answer for `/sys/class/tty/pts/N` as they do for `tty0`, and the
/// modem requests succeed on descriptors that lack them. Only tests link it.
void mien_pretend_ports(int on);
