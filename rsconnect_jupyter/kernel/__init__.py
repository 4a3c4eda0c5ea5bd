"""The notebook's kernel: its kernelspec, its interpreter and what is installed there."""
