"""An independent judge of the 金东 lists, and mujun compared with it."""
