UNITS = ["B", "KB", "MB", "GB", "TB"]


def human_size(num_bytes):
    if num_bytes < 0:
        raise ValueError("size cannot be negative")
    if num_bytes < 1024:
        return f"{num_bytes} B"
    size = float(num_bytes)
    unit = 0
    while size >= 1024 and unit < len(UNITS) - 1:
        size /= 1024
        unit += 1
    return f"{size:.1f} {UNITS[unit]}"
