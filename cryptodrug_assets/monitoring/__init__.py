"""What is wrong with a home, and who is told.

Contains the conditions of alerts, the situation they look at, messages and their channels, the health report. Keep
out: when it is asked (automation), mending anything (commands).
"""
