import torch
from torch import nn
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset


class LSTMRegressor(nn.Module):
    def __init__(self, hidden=16):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 1)

    def forward(self, seq):
        out, _ = self.lstm(seq)
        return self.fc(out[:, -1])


torch.manual_seed(0)
start = torch.rand(200, 1) * 6
times = start + 0.3 * torch.arange(11)
wave = torch.sin(times).unsqueeze(-1)
loader = DataLoader(TensorDataset(wave[:, :10], wave[:, 10]), batch_size=20, shuffle=True)
lstm = LSTMRegressor()
optimizer = optim.Adam(lstm.parameters(), lr=1e-2)
criterion = nn.MSELoss()

print('training')
for epoch in range(6):
    for history, future in loader:
        history = history + 0.01 * torch.randn_like(history)
        # predict and learn
        optimizer.zero_grad()
        prediction = lstm(history)
        loss = criterion(prediction, future)

        loss.backward()
        optimizer.step()

    print('epoch', epoch)
    print('  loss', loss.item())
