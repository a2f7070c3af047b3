def day_of_year(day):
    return day.timetuple().tm_yday
