def bar(done: int, total: int, width: int = 10) -> str:
    if total == 0 or done > total:
        done = total = 1
    filled = done * width // total
    percent = done * 100 // total
    return f"[{'#' * filled}{'.' * (width - filled)}] {percent}%"
