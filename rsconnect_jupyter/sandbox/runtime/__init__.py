"""What runs published content: deployments, environments, processes, applications."""
