import torch
import torch.nn as nn
import torch.optim as optim

# learn to continue sine waves with the second-order solver
torch.manual_seed(0)
t = torch.arange(0, 40) / 5.0
waves = torch.sin(t + torch.rand(16, 1) * 6)
inputs, targets = waves[:, :-1], waves[:, 1:]


class Sequence(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(1, 12, batch_first=True)
        self.linear = nn.Linear(12, 1)

    def forward(self, series):
        h, _ = self.rnn(series.unsqueeze(-1))
        return self.linear(h).squeeze(-1)


seq = Sequence()
criterion = nn.MSELoss()
optimizer = optim.LBFGS(seq.parameters(), lr=0.5, max_iter=8)
for i in range(4):
    print('STEP: ', i)

    def closure():
        optimizer.zero_grad()
        out = seq(inputs)
        loss = criterion(out, targets)
        print('loss:', loss.item())
        loss.backward()
        return loss

    optimizer.step(closure)
