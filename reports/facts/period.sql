-- A moment lies in the period [t0, t1). All times are the school's wall time.
create macro in_period(moment) as moment >= getvariable('t0') and moment < getvariable('t1')
