def quarter(month):
    return f"Q{(month - 1) // 3 + 1}"
