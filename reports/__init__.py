"""Freeze, measure, compose, render: the General Office's reports from evidence."""
