"""What `watch` does when: the times of a schedule, what has become of each, and the jobs as processes of their own."""
