# differentiable simulation: time steps in the loop, the loss looks at the final state only
import torch

torch.manual_seed(0)
velocity = torch.tensor([1.0, 1.0], requires_grad=True)
optimizer = torch.optim.Adam([velocity], lr=0.2)
gravity, dt = torch.tensor([0.0, -9.81]), 0.05
basket = torch.tensor([3.0, 0.0])

for shot in range(40):
    position, v = torch.zeros(2), velocity
    for t in range(20):
        position = position + dt * v
        v = v + dt * gravity
    loss = (position - basket).pow(2).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print('miss distance', loss.sqrt().item(), 'start velocity', velocity.detach())
