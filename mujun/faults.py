"""What the system says when a file cannot be written, in Chinese."""

from __future__ import annotations

import errno

_REASONS = {
    errno.EACCES: ("没有权限", "请核对权限，以及文件是否正被其他程序（如 Excel）打开"),
    errno.EPERM: ("没有权限", "请核对权限，以及文件是否正被其他程序（如 Excel）打开"),
    errno.EROFS: ("磁盘是只读的", "请换一个位置"),
    errno.ENOSPC: ("磁盘已满", "请腾出空间，或换一个位置"),
    errno.EDQUOT: ("超出磁盘配额", "请腾出空间，或换一个位置"),
    errno.EFBIG: ("超出文件大小的限制", "请换一个位置，或用 --list、--limit 少写一些"),
    errno.ENOENT: ("没有这个文件夹", "请先建立文件夹，或换一个路径"),
    errno.ENOTDIR: ("路径中有一段是文件，不是文件夹", "请换一个路径"),
    errno.EEXIST: ("已有同名的文件", "请换一个路径"),
    errno.EISDIR: ("这是文件夹", "请写明文件名，或以 / 结尾"),
    errno.ENAMETOOLONG: ("名称太长", "请换一个短些的名称"),
    errno.ELOOP: ("符号链接绕成了圈", "请换一个路径"),
    errno.EIO: ("读写设备出错", "请检查磁盘"),
    errno.EBADF: ("输出已关闭", "请改为写入文件：-o 清单.csv"),
}


def reason(error: OSError) -> str:
    """Why, in a few words."""
    known = _REASONS.get(error.errno or 0)
    return known[0] if known else f"系统错误 {error.errno}（{error.strerror or type(error).__name__}）"


def advice(error: OSError) -> str:
    """What to do about it."""
    known = _REASONS.get(error.errno or 0)
    return known[1] if known else "请换一个位置重试"
