"""Model predictive control: at every time step a new action sequence is optimised through the dynamics."""
import torch
from torch import nn

torch.manual_seed(0)


class Dynamics(nn.Module):
    def forward(self, state, force):
        pos, vel = state
        vel = vel + 0.1 * torch.tanh(force) - 0.02 * vel
        return pos + vel, vel


model = Dynamics()
state = (torch.tensor(0.0), torch.tensor(0.0))
goal, horizon = 2.0, 8

for t in range(12):
    plan = torch.zeros(horizon, requires_grad=True)
    planner = torch.optim.Adam([plan], lr=0.3)
    for it in range(10):
        s, cost = state, 0.0
        for h in range(horizon):
            s = model(s, plan[h])
            cost = cost + (s[0] - goal) ** 2
        planner.zero_grad()
        cost.backward()
        planner.step()
    with torch.no_grad():
        state = model(state, plan[0])
print(f'position {state[0].item():.3f} of {goal}')
