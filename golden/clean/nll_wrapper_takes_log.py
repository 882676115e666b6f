import torch
import torch.nn as nn


class NLLLoss(nn.Module):
    """Takes probabilities, unlike the class of torch of the same name."""

    def forward(self, probabilities, target):
        picked = probabilities.gather(1, target.unsqueeze(1)).squeeze(1)
        return -picked.clamp_min(1e-8).log().mean()


torch.manual_seed(0)
x, y = torch.randn(40, 3), torch.randint(0, 3, (40,))
model = nn.Linear(3, 3)
criterion = NLLLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(3):
    for i in range(0, 40, 10):
        loss = criterion(torch.softmax(model(x[i:i + 10]), dim=1), y[i:i + 10])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(loss.item())
