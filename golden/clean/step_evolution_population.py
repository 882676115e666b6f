"""Evolution strategy: the population loop only evaluates; its estimate becomes the gradient of one Adam step."""
import torch

torch.manual_seed(0)
target = torch.tensor([1.0, -2.0, 0.5])
theta = torch.zeros(3, requires_grad=True)
optimizer = torch.optim.Adam([theta], lr=0.1)
sigma, population = 0.2, 30

for generation in range(40):
    noise, fitness = torch.randn(population, 3), []
    for eps in noise:
        with torch.no_grad():
            candidate = theta + sigma * eps
            fitness.append(-(candidate - target).pow(2).sum())
    f = torch.stack(fitness)
    f = (f - f.mean()) / (f.std() + 1e-8)
    theta.grad = -(noise * f.unsqueeze(1)).mean(0) / sigma
    optimizer.step()
print(theta.detach())
